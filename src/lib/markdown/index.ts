export type { Inline } from './inline';
export { parse, type Block } from './parse';
