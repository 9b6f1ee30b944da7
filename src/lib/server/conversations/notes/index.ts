export { createNote } from './create.ts';
export { deleteNote } from './delete.ts';
export { listNotes } from './list.ts';
export { updateNote } from './update.ts';
