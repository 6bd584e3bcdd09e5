/*
 * Every way in which a step of the state machine may fail. Lambda reports an error's `name` as its type and the state
 * machine branches on that; the names are literal because the bundles are minified, which renames classes.
 */

/** The execution's input has an unknown field or a value that is not allowed. */
export class InvalidInput extends Error {
  override readonly name = 'InvalidInput';
}

/** The data was read, and it cannot be trained on, or be classified. */
export class InvalidDataset extends Error {
  override readonly name = 'InvalidDataset';
}

/** The data could not be read: no such object or page, no permission, no connection. */
export class DatasetUnavailable extends Error {
  override readonly name = 'DatasetUnavailable';
}

/** None of the candidates was trained to its end. */
export class AllCandidatesFailed extends Error {
  override readonly name = 'AllCandidatesFailed';
}

/** The trained model's archive is missing or is not one that an endpoint can serve. */
export class InvalidArtifact extends Error {
  override readonly name = 'InvalidArtifact';
}

/** The model is sound but not good enough. */
export class QualityGateFailed extends Error {
  override readonly name = 'QualityGateFailed';
}

/** The serving stack already has what was asked for: a success. */
export class NothingToDo extends Error {
  override readonly name = 'NothingToDo';
}

/** The serving stack was changed by another execution or deployment since, and is left as it is. */
export class Superseded extends Error {
  override readonly name = 'Superseded';
}

/** Another execution that would train or deploy is running. */
export class AnotherExecutionRunning extends Error {
  override readonly name = 'AnotherExecutionRunning';
}

/** The endpoint was taken down while this execution trained; a success. */
export class TakenDownSince extends Error {
  override readonly name = 'TakenDownSince';
}

/** Another operation on the serving stack is under way; worth trying again later. */
export class StackBusy extends Error {
  override readonly name = 'StackBusy';
}

/** The serving stack does not exist. */
export class StackMissing extends Error {
  override readonly name = 'StackMissing';
}

/** AWS refuses the accelerator that was asked for. */
export class Refused extends Error {
  override readonly name = 'Refused';
}

/** A failure on the way to an accelerator that is not AWS's refusal of it. */
export class NotARefusal extends Error {
  override readonly name = 'NotARefusal';
}

/** The serving stack cannot be updated until a person has mended something. */
export class Broken extends Error {
  override readonly name = 'Broken';
}

/** CloudFormation undid the deployment; the endpoint serves what it served before. */
export class RolledBack extends Error {
  override readonly name = 'RolledBack';
}

/** The endpoint does not serve the intended model, or does not answer as it must. */
export class SmokeTestFailed extends Error {
  override readonly name = 'SmokeTestFailed';
}

/** The endpoint is not ready to answer yet; worth trying again later. */
export class EndpointNotReady extends Error {
  override readonly name = 'EndpointNotReady';
}

/** Rows of a batch have no answers yet. */
export class PartsMissing extends Error {
  override readonly name = 'PartsMissing';
}

/** More rows of a batch could not be classified than its input allows. */
export class TooManyErrors extends Error {
  override readonly name = 'TooManyErrors';
}
