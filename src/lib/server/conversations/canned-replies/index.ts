export { createCannedReply } from './create.ts';
export { deleteCannedReply } from './delete.ts';
export { listCannedReplies } from './list.ts';
export { updateCannedReply } from './update.ts';
