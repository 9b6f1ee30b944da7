import type { Folder } from './folder.ts';

/** Only part of the socket's name; nothing listens on the network. */
export const PORT = 5432;
export const SUPERUSER = 'frontdesk';
/** The application's role; see `app-role.ts`. */
export const APP_ROLE = 'frontdesk_app';
export const DATABASE = 'frontdesk';

const defaults = {
	max_connections: '100',
	shared_buffers: '128MB',
	max_wal_size: '512MB',
	random_page_cost: '1.1',
	jit: 'off',
	timezone: 'UTC',
	// Cancels queries of killed processes, which releases their locks.
	client_connection_check_interval: '2s',
	cluster_name: 'frontdesk',
	log_destination: 'stderr',
	log_timezone: 'UTC',
	log_line_prefix: '%m [%p] ',
	log_checkpoints: 'off',
	// Error details would quote rows, which may contain personal data.
	log_error_verbosity: 'terse',
};

/** Acknowledged data must be on disk, so extra settings cannot override these. */
const durable = { fsync: 'on', full_page_writes: 'on', synchronous_commit: 'on' };

/** Returns the server's arguments. It listens only on the socket in `socketDir`. */
export function serverArguments(
	folder: Folder,
	socketDir: string,
	extra: Record<string, string>,
): string[] {
	const settings: Record<string, string> = {
		...defaults,
		...extra,
		...durable,
		listen_addresses: '',
		port: String(PORT),
		unix_socket_directories: `"${socketDir.replaceAll('"', '""')}"`,
		unix_socket_permissions: '0700',
	};
	const pairs = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
	return ['-D', folder.cluster, ...pairs];
}
