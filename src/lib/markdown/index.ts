export type { Inline } from './inline.ts';
export { parseMarkdown, type Block } from './parse.ts';
export { containsAnyPhrase, toPlainText } from './plain-text.ts';
