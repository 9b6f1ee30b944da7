import { loadChat } from '../../load-chat.ts';
import type { PageServerLoad } from './$types';

export const load: PageServerLoad = ({ locals: { ctx }, params }) =>
	loadChat(ctx, params.session_id);
