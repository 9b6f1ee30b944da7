export { createSavedFilter } from './create';
export { deleteSavedFilter } from './delete';
export { listSavedFilters } from './list';
export { updateSavedFilter } from './update';
