/** In the artifacts bucket: the models that have passed the gate, each under the hash of its content. */
export const MODELS_FOLDER = 'models';
