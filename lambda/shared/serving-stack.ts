/*
 * By which names the serving stacks and those who change them know each other. Nothing of the AWS SDK is here, which
 * synthesis goes without.
 */

/** The tag of a model or an endpoint configuration that names the serving stack which made it. */
export const STACK_TAG = 'serving-stack';
/** A serving stack's parameter that says which model it serves; empty for none. */
export const MODEL_PARAMETER = 'ModelDataUrl';
/** The serving stack's parameter that lets it use another endpoint configuration; empty for its own. */
export const ACCELERATED_PARAMETER = 'AcceleratedEndpointConfigName';
/** The accelerated stack's parameter that says which accelerator it has. */
export const ACCELERATOR_TYPE_PARAMETER = 'AcceleratorType';
