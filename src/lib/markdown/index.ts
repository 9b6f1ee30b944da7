export type { Inline } from './inline.ts';
export { parse, type Block } from './parse.ts';
