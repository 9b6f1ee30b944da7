export { createNote, deleteNote, updateNote } from './change.ts';
export { listNotes } from './list.ts';
