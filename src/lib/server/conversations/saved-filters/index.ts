export { createSavedFilter, deleteSavedFilter, updateSavedFilter } from './change.ts';
export { listSavedFilters } from './list.ts';
