export { eraseVisitor } from './erase.ts';
export { exportVisitor } from './export.ts';
export { findVisitor } from './find.ts';
