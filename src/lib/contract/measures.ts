import { z } from 'zod';

export const count = z.number().int().nonnegative();
/** 0 to 1; null while there is nothing to divide by. */
export const share = z.number().min(0).max(1).nullable();
export const seconds = z.number().nonnegative().nullable();
export const milliseconds = z.number().nonnegative().nullable();
