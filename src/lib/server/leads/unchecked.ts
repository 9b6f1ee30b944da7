// Checks no permission: for other domains, jobs and the composition, which act as the system.
export { findCountry } from './country.ts';
export { detectContacts, findContacts } from './detect.ts';
export { normalizeEmail } from './email.ts';
export { subscribeLeads, sweepOverdueLeads } from './follow-up.ts';
export { getLead, readLead } from './get.ts';
export { scoreLead } from './lead-values.ts';
export { normalizeFields } from './normalize.ts';
export { findChatsOfPerson, findStoredPhones } from './person.ts';
