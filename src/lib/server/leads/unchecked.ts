// Functions that don't check permissions, for other domains, jobs and the composition root, which act as the system.
export { findCountry, guessCountry } from './country.ts';
export { findContacts, canHaveContacts } from './detect.ts';
export { normalizeEmail } from './email.ts';
export { subscribeLeads, sweepOverdueLeads } from './follow-up.ts';
export { getLead, readLead } from './get.ts';
export { type LeadValues, toLeadValues } from './lead-values.ts';
export { normalizeFields, renameFields } from './normalize.ts';
export { readOutcome } from './outcome.ts';
export { findChatsOfPerson, findStoredPhones } from './person.ts';
export { isSameNumber } from './phone.ts';
