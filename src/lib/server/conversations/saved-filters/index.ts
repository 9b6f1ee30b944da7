export { createSavedFilter } from './create.ts';
export { deleteSavedFilter } from './delete.ts';
export { listSavedFilters } from './list.ts';
export { updateSavedFilter } from './update.ts';
