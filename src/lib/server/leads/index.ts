export { detectContacts } from './detect';
export { exportLeads } from './export';
export { findLead } from './find';
export { getLead } from './get';
export { listLeads } from './list';
export { normalizeEmail, normalizePhone } from './normalize';
export { SCORE_RULES, scoreLead } from './score';
export { updateLead } from './update';
