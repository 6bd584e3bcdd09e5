import * as v from 'valibot';

/** The properties of AWS::ApiGateway::UsagePlan. */
export const usagePlan = v.object({
  ApiStages: v.optional(
    v.array(v.strictObject({ ApiId: v.string(), Stage: v.string(), Throttle: v.optional(v.strictObject({})) })),
  ),
  Throttle: v.optional(v.strictObject({ RateLimit: v.optional(v.number()), BurstLimit: v.optional(v.number()) })),
  Quota: v.optional(v.strictObject({ Limit: v.number(), Period: v.picklist(['DAY', 'WEEK', 'MONTH']) })),
});

const PERIOD_DAYS = { DAY: 1, WEEK: 7, MONTH: 30 } as const;
const DAY = 24 * 60 * 60 * 1000;

/** The bounds of an API key, or of a whole stage: a token bucket and a quota, as API Gateway has them. */
export class UsagePlan {
  private tokens: number;
  private refilled: number;
  private used = 0;
  private periodStart: number;

  /** @param now milliseconds */
  constructor(
    private readonly plan: Pick<v.InferOutput<typeof usagePlan>, 'Throttle' | 'Quota'>,
    now: number,
  ) {
    this.tokens = this.plan.Throttle?.BurstLimit ?? Infinity;
    this.refilled = now;
    this.periodStart = now;
  }

  /** Counts one request in. */
  admit(now: number): 'ADMITTED' | 'THROTTLED' | 'QUOTA_EXCEEDED' {
    const { Throttle, Quota } = this.plan;
    if (Quota !== undefined) {
      if (now - this.periodStart >= PERIOD_DAYS[Quota.Period] * DAY) {
        this.periodStart = now;
        this.used = 0;
      }
      if (this.used >= Quota.Limit) {
        return 'QUOTA_EXCEEDED';
      }
    }
    if (Throttle?.RateLimit !== undefined) {
      const burst = Throttle.BurstLimit ?? Infinity;
      this.tokens = Math.min(burst, this.tokens + ((now - this.refilled) / 1000) * Throttle.RateLimit);
      this.refilled = now;
      if (this.tokens < 1) {
        return 'THROTTLED';
      }
      this.tokens -= 1;
    }
    this.used += 1;
    return 'ADMITTED';
  }
}
