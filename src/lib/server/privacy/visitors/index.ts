export { eraseOldChats } from './erase-old';
export { eraseVisitor } from './erase';
export { exportVisitor } from './export';
export { findVisitor } from './find';
