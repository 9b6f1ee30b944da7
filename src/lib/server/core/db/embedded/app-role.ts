// The roles of the embedded database:
// - `frontdesk`, the role that initdb creates, is the superuser. Its password is in `frontdesk.password` in the data folder.
//   It is used only for the setup below, never by the running application.
// - `frontdesk_app` owns the database `frontdesk` and everything in it. Migrations and all queries run as this role. It is
//   not a superuser, so it can't read files, run programs or change server settings. It can create databases, for restores
//   and tests. Its password is derived from the superuser's, so that a copy of the data folder is self-contained.
//
// Dumps and restores need only `frontdesk_app` (pg_restore with --no-owner). Starting the server converts data
// folders that were created before this role existed.
import { hkdfSync } from 'node:crypto';
import pg from 'pg';
import { APP_ROLE, DATABASE, SUPERUSER } from './settings.ts';

/** Derives the application role's password, in hex so that it needs no escaping in SQL and URLs. */
export const deriveAppPassword = (superuserPassword: string): string =>
	Buffer.from(hkdfSync('sha256', superuserPassword, '', 'frontdesk application role', 24)).toString(
		'hex',
	);

/** Creates the application's role and database if they don't exist. `session` must be the superuser's. */
export async function ensureDatabase(
	session: pg.Client,
	connect: { socketDir: string; password: string },
): Promise<void> {
	const role = await session.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [APP_ROLE]);
	if (role.rowCount === 0) await session.query(`CREATE ROLE ${APP_ROLE}`);
	// Set on every start, because the folder may be a copy whose superuser has a different password.
	await session.query(
		`ALTER ROLE ${APP_ROLE} LOGIN NOSUPERUSER CREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD '${deriveAppPassword(connect.password)}'`,
	);
	const database = await session.query<{ owner: string }>(
		'SELECT pg_get_userbyid(datdba) AS owner FROM pg_database WHERE datname = $1',
		[DATABASE],
	);
	const owner = database.rows[0]?.owner;
	if (owner === APP_ROLE) return;
	if (owner === undefined) {
		await session.query(`CREATE DATABASE ${DATABASE} OWNER ${APP_ROLE}`);
		return;
	}
	await transferObjects(connect);
	// Done last, because the new owner marks the transfer as complete.
	await session.query(`ALTER DATABASE ${DATABASE} OWNER TO ${APP_ROLE}`);
}

/** Transfers everything in the application's database that the superuser owns to the application's role, atomically. */
async function transferObjects({ socketDir, password }: { socketDir: string; password: string }) {
	const client = new pg.Client({ host: socketDir, user: SUPERUSER, password, database: DATABASE });
	await client.connect();
	try {
		await client.query(TRANSFER_OBJECTS);
	} finally {
		await client.end();
	}
}

/** Used instead of REASSIGN OWNED, which rejects objects of the initial superuser. A column's sequence follows its table. */
const TRANSFER_OBJECTS = `
DO $$
DECLARE statement text;
BEGIN
	FOR statement IN
		WITH superuser AS (SELECT oid FROM pg_roles WHERE rolname = '${SUPERUSER}'),
		app_schemas AS (
			SELECT oid FROM pg_namespace
			WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema'
		),
		extension_objects AS (SELECT classid, objid FROM pg_depend WHERE deptype = 'e')
		SELECT format('ALTER SCHEMA %I OWNER TO ${APP_ROLE}', n.nspname)
		FROM pg_namespace n, superuser WHERE n.oid IN (TABLE app_schemas) AND n.nspowner = superuser.oid
		UNION ALL
		SELECT format('ALTER %s %s OWNER TO ${APP_ROLE}',
			CASE c.relkind WHEN 'S' THEN 'SEQUENCE' WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'TABLE' END,
			c.oid::regclass)
		FROM pg_class c, superuser
		WHERE c.relnamespace IN (TABLE app_schemas) AND c.relowner = superuser.oid AND c.relkind IN ('r', 'p', 'S', 'v', 'm')
			AND (c.relkind <> 'S' OR NOT EXISTS (
				SELECT FROM pg_depend d
				WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('a', 'i')))
			AND ('pg_class'::regclass, c.oid) NOT IN (TABLE extension_objects)
		UNION ALL
		SELECT format('ALTER ROUTINE %s OWNER TO ${APP_ROLE}', p.oid::regprocedure)
		FROM pg_proc p, superuser
		WHERE p.pronamespace IN (TABLE app_schemas) AND p.proowner = superuser.oid AND p.prokind <> 'a'
			AND ('pg_proc'::regclass, p.oid) NOT IN (TABLE extension_objects)
		UNION ALL
		SELECT format('ALTER TYPE %s OWNER TO ${APP_ROLE}', t.oid::regtype)
		FROM pg_type t, superuser
		WHERE t.typnamespace IN (TABLE app_schemas) AND t.typowner = superuser.oid AND t.typtype IN ('e', 'd', 'r')
			AND ('pg_type'::regclass, t.oid) NOT IN (TABLE extension_objects)
		UNION ALL
		SELECT format('ALTER TEXT SEARCH CONFIGURATION %I.%I OWNER TO ${APP_ROLE}', n.nspname, f.cfgname)
		FROM pg_ts_config f JOIN pg_namespace n ON n.oid = f.cfgnamespace, superuser
		WHERE f.cfgnamespace IN (TABLE app_schemas) AND f.cfgowner = superuser.oid
			AND ('pg_ts_config'::regclass, f.oid) NOT IN (TABLE extension_objects)
		UNION ALL
		SELECT format('ALTER TEXT SEARCH DICTIONARY %I.%I OWNER TO ${APP_ROLE}', n.nspname, f.dictname)
		FROM pg_ts_dict f JOIN pg_namespace n ON n.oid = f.dictnamespace, superuser
		WHERE f.dictnamespace IN (TABLE app_schemas) AND f.dictowner = superuser.oid
			AND ('pg_ts_dict'::regclass, f.oid) NOT IN (TABLE extension_objects)
	LOOP
		EXECUTE statement;
	END LOOP;
END $$`;
