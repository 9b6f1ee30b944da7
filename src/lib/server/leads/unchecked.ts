// Checks no permission: for other domains, jobs and the composition, which act as the system.
export { findCountry } from './country.ts';
export { detectContacts } from './detect.ts';
export { readLead } from './find.ts';
export { findPerson, findPhones } from './find-person.ts';
export { getLead } from './get.ts';
export { normalizeEmail } from './email.ts';
export { scoreLead } from './score.ts';
export { subscribeLeads } from './subscribe.ts';
export { sweepPromises } from './sweep-promises.ts';
