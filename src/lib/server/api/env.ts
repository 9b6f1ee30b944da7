import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import type { Ctx } from '../core/context.ts';

/** What every handler has: who asks, and the id by which the request is found in the log. */
export interface ApiEnv {
	Bindings: Partial<HttpBindings>;
	Variables: { ctx: Ctx; request_id: string };
}

export type ApiContext = Context<ApiEnv>;
