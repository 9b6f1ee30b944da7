export { contactLead } from './contact.ts';
export { countOverdueLeads } from './count-overdue.ts';
export { exportLeads } from './export.ts';
export { findLead } from './find.ts';
export { listLeads } from './list.ts';
export { updateLead } from './update.ts';
