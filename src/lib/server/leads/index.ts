export { exportLeads } from './export.ts';
export { findLead } from './get.ts';
export { countLeads, listLeads } from './list.ts';
export { markLeadContacted } from './follow-up.ts';
export { clearOutcome, getOutcome, setOutcome } from './outcome.ts';
export { undoCompletion } from './undo-completion.ts';
export { updateLead } from './update.ts';
