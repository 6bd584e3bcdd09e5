import { render } from 'velocityjs';
import { mappedHeaders } from './gateway-responses';
import type { Method } from './resource-types';

export type MockIntegration = Extract<Method['Integration'], { Type: 'MOCK' }>;

/** What a MOCK integration answers: mapped headers, which its template may override. */
export function mockAnswer(
  { IntegrationResponses: [response] }: MockIntegration,
  header: (name: string) => string | undefined,
): { status: number; headers: Record<string, string>; body: string } {
  const headers = mappedHeaders(response.ResponseParameters, 'method.response.header.', header);
  const overridden: Record<string, unknown> = {};
  const body = render(response.ResponseTemplates['application/json'] ?? '', {
    input: { params: () => ({ header: { get: (name: string) => header(name) ?? '' } }) },
    context: { responseOverride: { header: overridden } },
  });
  for (const [name, value] of Object.entries(overridden)) headers[name.toLowerCase()] = String(value);
  return { status: Number(response.StatusCode), headers, body: body.trim() };
}
