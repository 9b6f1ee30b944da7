export type { Inline } from './inline.ts';
export { parse, type Block } from './parse.ts';
export { containsAnyPhrase, toPlainText } from './plain-text.ts';
