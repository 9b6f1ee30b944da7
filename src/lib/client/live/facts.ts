import type { z } from 'zod';
import { agentFacts } from '#lib/contract/live.ts';

type Name = keyof typeof agentFacts;

/** One fact that the team is told, by its name. */
export type Fact = { [K in Name]: { name: K; payload: z.infer<(typeof agentFacts)[K]> } }[Name];

/** A fact as the contract has it, or nothing: what is unknown or malformed is left out. */
export function parseFact(name: string, payload: unknown): Fact | undefined {
	if (!isFactName(name)) return undefined;
	const parsed = agentFacts[name].safeParse(payload);
	return parsed.success ? ({ name, payload: parsed.data } as Fact) : undefined;
}

const isFactName = (name: string): name is Name => Object.hasOwn(agentFacts, name);
