import type { APIGatewayProxyEvent, APIGatewayProxyResult } from 'aws-lambda';
import { classify, fromEnvironment } from './classify';

const DEPARTMENTS_URL = fromEnvironment('DEPARTMENTS_URL');
const TAGS_URL = fromEnvironment('TAGS_URL');

/** A model that is less sure than this is wrong more often than a person who reads the mail. */
const SURE = 0.8;

/** Answers `{"department", "urgent"}`; the department is null where a person has to decide. */
export async function handler({ body }: APIGatewayProxyEvent): Promise<APIGatewayProxyResult> {
  const { text } = JSON.parse(body ?? '{}') as { text?: unknown };
  if (typeof text !== 'string') {
    return { statusCode: 400, body: JSON.stringify({ error: 'the mail has no "text"' }) };
  }
  const [[department], tags] = await Promise.all([classify(DEPARTMENTS_URL, text), classify(TAGS_URL, text)]);
  return {
    statusCode: 200,
    body: JSON.stringify({
      department: department.score >= SURE ? department.label : null,
      urgent: tags.some(({ label, score }) => label === 'urgent' && score >= 0.5),
    }),
  };
}
