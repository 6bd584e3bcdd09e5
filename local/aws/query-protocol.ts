import XMLBuilder from 'fast-xml-builder';
import type { AwsResponse } from './aws-server';

// XML 1.0 has no way to write control characters, and a failure's reason may be a terminal's output.
// eslint-disable-next-line no-control-regex
const unprintable = /[\x00-\x08\x0b\x0c\x0e-\x1f]/g;

const builder = new XMLBuilder({
  suppressEmptyNode: true,
  ignoreAttributes: false,
  tagValueProcessor: (_name: string, value: unknown) =>
    typeof value === 'string' ? value.replace(unprintable, '\uFFFD') : value,
});

/** The answers of one service that speaks AWS's Query protocol, as the SDKs read them; `namespace` is the service's own. */
export class QueryAnswers {
  constructor(private readonly namespace: string) {}

  success(action: string, result: unknown): AwsResponse {
    return this.xml(200, `${action}Response`, {
      [`${action}Result`]: result,
      ResponseMetadata: { RequestId: 'local' },
    });
  }

  /** A status of 500 or more is the service's own fault. */
  failure(status: number, code: string, message: string): AwsResponse {
    return this.xml(status, 'ErrorResponse', {
      Error: { Type: status < 500 ? 'Sender' : 'Receiver', Code: code, Message: message },
      RequestId: 'local',
    });
  }

  private xml(status: number, root: string, content: object): AwsResponse {
    return {
      status,
      headers: { 'content-type': 'text/xml' },
      body: builder.build({ [root]: { '@_xmlns': this.namespace, ...content } }),
    };
  }
}
