import type { Hono, NotFoundHandler } from 'hono';
import { AppError, notFound } from '../core/errors.ts';
import type { ApiEnv } from './env.ts';
import { answerProblem } from './problems.ts';

interface Known {
	pattern: RegExp;
	methods: Set<string>;
}

/** Answers what no route took: 405 with `Allow` where the path is known with other methods, else 404. */
export function unknownRoutes(api: Hono<ApiEnv>): NotFoundHandler<ApiEnv> {
	const known = knownPaths(api);
	return (c) => {
		const methods = known
			.filter(({ pattern }) => pattern.test(c.req.path))
			.flatMap((path) => [...path.methods]);
		if (methods.length === 0) return answerProblem(notFound(c.req.path.slice(0, 200)), c);
		c.header('Allow', [...new Set(methods)].sort().join(', '));
		const detail = `${c.req.method} is not possible here`;
		return answerProblem(new AppError('method_not_allowed', detail), c);
	};
}

function knownPaths(api: Hono<ApiEnv>): Known[] {
	const paths = new Map<string, Known>();
	for (const { method, path } of api.routes) {
		if (method === 'ALL') continue;
		const known = paths.get(path) ?? { pattern: patternOf(path), methods: new Set<string>() };
		known.methods.add(method);
		if (method === 'GET') known.methods.add('HEAD');
		paths.set(path, known);
	}
	return [...paths.values()];
}

const patternOf = (path: string) =>
	new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/:[^/]+/g, '[^/]+')}$`);
