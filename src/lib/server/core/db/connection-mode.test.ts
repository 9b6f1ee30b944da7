import { expect, it } from 'vitest';
import { createUnreachableError, isRefusedParameter } from './connection-mode.ts';

it.each([
	// https://github.com/brianc/node-postgres/issues/2103, https://github.com/logto-io/logto/issues/8065
	['unsupported startup parameter: statement_timeout', true],
	// https://github.com/riverqueue/river/issues/205
	['FATAL: unsupported startup parameter: statement_timeout (SQLSTATE 08P01)', true],
	// https://github.com/neondatabase/neon/issues/6291
	['unsupported startup parameter in options: lock_timeout', true],
	// https://github.com/pgbouncer/pgbouncer/issues/907
	['unsupported startup parameter in options: idle_in_transaction_session_timeout', true],
	// https://github.com/neondatabase/website/pull/1312
	['unsupported startup parameter: replication', true],
	// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy-limitations.html
	["Feature not supported: RDS Proxy currently doesn't support command-line options.", true],
	['unrecognized configuration parameter "lock_timeout"', true],
	// https://www.pgbouncer.org/faq.html
	['no more connections allowed (max_client_conn)', false],
	['password authentication failed for user "frontdesk"', false],
	['connect ECONNREFUSED 127.0.0.1:6432', false],
])('recognizes errors of poolers that refuse startup parameters: %s', (message, expected) => {
	expect(isRefusedParameter(message)).toBe(expected);
});

it.each([
	'self-signed certificate in certificate chain',
	"Hostname/IP does not match certificate's altnames: IP: 10.0.0.1 is not in the cert's list: ",
])('names the remedy for a certificate that is not trusted: %s', (message) => {
	expect(createUnreachableError(new Error(message), 'DATABASE_URL').message).toMatch(
		/sslrootcert=.* to DATABASE_URL/,
	);
});
