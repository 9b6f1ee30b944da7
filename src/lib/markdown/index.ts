export type { Inline } from './inline.ts';
export { parse, type Block } from './parse.ts';
export { containsPhrase, toPlainText } from './plain-text.ts';
