export { createCannedReply } from './create';
export { deleteCannedReply } from './delete';
export { listCannedReplies } from './list';
export { updateCannedReply } from './update';
