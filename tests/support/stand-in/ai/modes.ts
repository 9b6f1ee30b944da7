import type { AiHandler } from './ai-stand-in.ts';
import { FAULTS } from './faults.ts';
import { REFUSALS } from './refusals.ts';
import { REPLIES } from './replies.ts';
import { STREAMS } from './streams.ts';

/** Every answer from the AI stand-in, successful or not. */
export const AI_MODES = {
	...REPLIES,
	...STREAMS,
	...REFUSALS,
	...FAULTS,
} satisfies Record<string, AiHandler>;

export type AiMode = keyof typeof AI_MODES;

export const isAiMode = (name: string): name is AiMode => Object.hasOwn(AI_MODES, name);
