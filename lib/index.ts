/*
 * What the package offers: everything else is its own business.
 */
export * from './configuration/text-classifier-props';
export * from './text-classifier';
