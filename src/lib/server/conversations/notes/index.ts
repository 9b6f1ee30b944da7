export { createNote } from './create.ts';
export { deleteNote } from './delete.ts';
export { listNotes, readNotes } from './list.ts';
export { updateNote } from './update.ts';
