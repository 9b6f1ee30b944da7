import { randomBytes } from 'node:crypto';
import { eq, inArray, sql } from 'drizzle-orm';
import { DEFAULT_NOTIFICATION_SETTINGS } from '#lib/contract/notification.ts';
import { createApiKey } from '#lib/server/team/api-keys/index.ts';
import { hashPassword } from '#lib/server/team/auth/passwords.ts';
import type { Ctx } from '#lib/server/core/context.ts';
import { api_keys, user_tokens, users } from '#lib/server/core/db/schema/index.ts';
import { storePhoto } from '#lib/server/team/users/photos.ts';
import { DAY, HOUR } from './calendar.ts';
import { drawPortrait, type Portrait } from './portraits.ts';
import type { Random } from './random.ts';

/** A seeded user. */
export interface Member {
	id: number;
	name: string;
	/** Relative share of the work. */
	weight: number;
}

export interface Team {
	admin: Member;
	agents: Member[];
	/** Credentials of the seeded admin; `null` if an admin already existed. */
	login: { email: string; password: string } | null;
}

const ADMIN = { name: 'Ingrid Halvorsen', email: 'ingrid@frontdesk.example' };
/** Photos of team members, by email. Members without a photo are shown with their initials. */
const PORTRAITS: Record<string, Portrait> = {
	[ADMIN.email]: {
		background: '#cfe3dd',
		shirt: '#0b6e5f',
		skin: '#f0c9a8',
		hair: '#c98b4a',
		style: 'bun',
	},
	'tomas@frontdesk.example': {
		background: '#dbe4f3',
		shirt: '#2f4a73',
		skin: '#d9a47a',
		hair: '#2b211c',
		style: 'short',
	},
	'wen@frontdesk.example': {
		background: '#f2dfd3',
		shirt: '#8a3b52',
		skin: '#edc39b',
		hair: '#1d1b1e',
		style: 'long',
	},
	'sarah@frontdesk.example': {
		background: '#e5dff0',
		shirt: '#4d4a8f',
		skin: '#f3d2b8',
		hair: '#a2502f',
		style: 'long',
	},
};
const AGENTS = [
	{
		name: 'Tomás Rivera',
		email: 'tomas@frontdesk.example',
		weight: 5,
		is_active: true,
		hours_since_seen: 0.1,
		notification_settings: {
			...DEFAULT_NOTIFICATION_SETTINGS,
			quiet_hours: { from: '21:00', to: '07:00' },
		},
	},
	{
		name: 'Wen Zhao',
		email: 'wen@frontdesk.example',
		weight: 4,
		is_active: true,
		hours_since_seen: 2,
	},
	{
		name: 'Sarah Lindgren',
		email: 'sarah@frontdesk.example',
		weight: 3,
		is_active: true,
		hours_since_seen: 20,
	},
	{
		name: 'Kwame Mensah',
		email: 'kwame@frontdesk.example',
		weight: 1,
		is_active: false,
		hours_since_seen: 900,
	},
];

/** Creates agents with random passwords that nobody knows, and an admin if none exists. */
export async function createTeam(ctx: Ctx, now: Date): Promise<Team> {
	const createdAt = new Date(now.getTime() - 95 * DAY);
	const [existingAdmin] = await ctx.db
		.select()
		.from(users)
		.where(sql`${users.role} = 'admin' and ${users.is_active}`)
		.orderBy(users.id)
		.limit(1);
	const password = existingAdmin ? null : generatePassword();
	const unknownPasswordHash = await hashPassword(randomBytes(32).toString('base64url'));
	const rows: (typeof users.$inferInsert)[] = AGENTS.map(
		({ weight: _weight, hours_since_seen, ...person }) => ({
			...person,
			last_seen_at: new Date(now.getTime() - hours_since_seen * HOUR),
			role: 'agent',
			password_hash: unknownPasswordHash,
			created_at: createdAt,
		}),
	);
	if (password) {
		const password_hash = await hashPassword(password);
		rows.unshift({ ...ADMIN, role: 'admin', password_hash, created_at: createdAt });
		await ctx.db.delete(user_tokens).where(eq(user_tokens.purpose, 'setup'));
	}
	for (const row of rows) {
		const portrait = PORTRAITS[row.email];
		if (portrait) row.photo_key = await storePhoto(ctx, drawPortrait(portrait));
	}
	await ctx.db.insert(users).values(rows).onConflictDoNothing();
	const members = await ctx.db
		.select()
		.from(users)
		.where(
			inArray(
				users.email,
				[ADMIN, ...AGENTS].map(({ email }) => email),
			),
		);
	const findMembers = (email: string, weight: number): Member[] =>
		members.filter((row) => row.email === email).map(({ id, name }) => ({ id, name, weight }));
	const admin = existingAdmin
		? { id: existingAdmin.id, name: existingAdmin.name, weight: 2 }
		: findMembers(ADMIN.email, 2)[0];
	if (!admin) throw new Error('the admin was not created');
	return {
		admin,
		agents: AGENTS.flatMap(({ email, weight }) => findMembers(email, weight)),
		login: password === null ? null : { email: ADMIN.email, password },
	};
}

/** Returns 80 random bits in a form that is easy to copy. */
const generatePassword = () => (randomBytes(10).toString('hex').match(/.{5}/g) ?? []).join('-');

/** Creates typical API keys, and discards their secrets. */
export async function createApiKeys(
	ctx: Ctx,
	team: Team,
	random: Random,
	now: Date,
): Promise<void> {
	const getTimeBefore = (ms: number) => new Date(now.getTime() - ms);
	const keys = [
		{ name: 'n8n: Hartmann Roofing', scopes: ['sessions:read', 'leads:write', 'errors:write'] },
		{ name: 'n8n: Northbeam', scopes: ['sessions:read', 'sessions:write', 'errors:write'] },
		{ name: 'Weekly report', scopes: ['stats:read'] },
		{ name: 'Old CRM sync', scopes: ['leads:read', 'sync'], revoked_at: getTimeBefore(24 * DAY) },
	] as const;
	for (const [index, { name, scopes, ...columns }] of keys.entries()) {
		const { api_key } = await createApiKey(ctx, { name, scopes: [...scopes] });
		await ctx.db
			.update(api_keys)
			.set({
				created_by_id: team.admin.id,
				created_at: getTimeBefore((88 - index * 9) * DAY),
				last_used_at: getTimeBefore('revoked_at' in columns ? 25 * DAY : random.int(1, 5) * HOUR),
				...columns,
			})
			.where(eq(api_keys.id, api_key.id));
	}
}

/** Returns a random user, weighted by their share of the work. */
export const pickMember = (random: Random, members: Member[]): Member =>
	random.pickWeighted(members.map((member) => [member, member.weight] as const));
