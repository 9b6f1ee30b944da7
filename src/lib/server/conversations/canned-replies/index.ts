export { createCannedReply, deleteCannedReply, updateCannedReply } from './change.ts';
export { listCannedReplies } from './list.ts';
