/** The object in the artifacts bucket that records what is in service, for a later execution to bring back. */
export const IN_SERVICE_KEY = 'in-service.json';
