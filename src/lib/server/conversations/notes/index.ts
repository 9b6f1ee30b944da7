export { createNote } from './create';
export { deleteNote } from './delete';
export { listNotes } from './list';
export { updateNote } from './update';
