import { DrizzleQueryError } from 'drizzle-orm';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { isRolledBack, isTransientDatabaseError } from './faults.ts';

function databaseError(code: string, severity = 'ERROR'): Error {
	const error = new pg.DatabaseError(`failed with ${code}`, 0, 'error');
	return Object.assign(error, { code, severity });
}

describe('a database error is transient', () => {
	it.each([
		['disk full', '53100'],
		['out of memory', '53200'],
		['too many connections', '53300'],
		['configuration limit exceeded', '53400'],
		['statement timeout', '57014'],
		['lock timeout', '55P03'],
		['terminated by an administrator', '57P01'],
		['crash of another process', '57P02'],
		['starting up', '57P03'],
		['database dropped', '57P04'],
		['idle session timeout', '57P05'],
		['connection exception', '08000'],
		['connection failure', '08006'],
		['protocol violation, which is how PgBouncer reports most faults', '08P01'],
		['serialization failure', '40001'],
		['statement completion unknown', '40003'],
		['deadlock', '40P01'],
		['read-only after a failover', '25006'],
		['idle in transaction timeout', '25P03'],
		['transaction timeout', '25P04'],
		['I/O error', '58030'],
		['prepared statement lost by a pooler', '26000'],
		['prepared statement mixed up by a pooler', '42P05'],
	])('%s', (_, code) => {
		const error = databaseError(code);
		expect(isTransientDatabaseError(error)).toBe(true);
		expect(isTransientDatabaseError(new DrizzleQueryError('select 1', [], error))).toBe(true);
	});

	it.each(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'EAI_AGAIN'])(
		'%s',
		(code) => {
			expect(isTransientDatabaseError(Object.assign(new Error('connect'), { code }))).toBe(true);
		},
	);

	it.each([
		'Connection terminated',
		'Connection terminated unexpectedly',
		'Connection terminated due to connection timeout',
		'timeout exceeded when trying to connect',
		'timeout expired',
		'Query read timeout',
		'Client has encountered a connection error and is not queryable',
		'Client was closed and is not queryable',
		'Cannot use a pool after calling end on the pool',
	])('%s', (message) => {
		expect(isTransientDatabaseError(new Error(message))).toBe(true);
	});

	// Supavisor: https://github.com/supabase/cli/issues/4277; Neon: https://neon.com/docs/connect/connection-errors
	it.each(['XX000', '28P01', '3D000'])('any FATAL error, such as %s', (code) => {
		expect(isTransientDatabaseError(databaseError(code, 'FATAL'))).toBe(true);
	});
});

describe('a database error is permanent', () => {
	it.each([
		['unique violation', '23505'],
		['foreign key violation', '23503'],
		['value too long', '22001'],
		['invalid text', '22P02'],
		['syntax error', '42601'],
		['undefined column', '42703'],
		['insufficient privilege', '42501'],
		['internal error', 'XX000'],
	])('%s', (_, code) => {
		expect(isTransientDatabaseError(databaseError(code))).toBe(false);
	});

	it.each([undefined, 'text', null, new Error('anything else'), new TypeError('x is undefined')])(
		'%s',
		(error) => {
			expect(isTransientDatabaseError(error)).toBe(false);
		},
	);
});

it('repeats a transaction only when Postgres has rolled it back', () => {
	const isRepeated = (code: string) => isRolledBack(databaseError(code));
	expect(['40001', '40P01', '55P03', '26000', '42P05'].every(isRepeated)).toBe(true);
	expect(['53100', '57014', '08006'].some(isRepeated)).toBe(false);
});
