/** The name of what says in a folder whose it is. */
export const OWNER: string;

/** Takes a folder, which is made if need be, unless another process owns it: that one's id, and undefined where it is ours. */
export function own(folder: string): number | undefined;

/** Gives a folder free that this process owns. */
export function disown(folder: string): void;

/** The id of the process that owns a folder, and runs. */
export function ownerOf(folder: string): number | undefined;
