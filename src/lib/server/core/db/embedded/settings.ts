import type { Folder } from './folder.ts';

/** Used only in the socket's name; nothing listens on the network. */
export const PORT = 5432;
export const SUPERUSER = 'frontdesk';
/** The application's role; see `app-role.ts`. */
export const APP_ROLE = 'frontdesk_app';
export const DATABASE = 'frontdesk';

const defaultSettings = {
	max_connections: '100',
	shared_buffers: '128MB',
	max_wal_size: '512MB',
	random_page_cost: '1.1',
	jit: 'off',
	timezone: 'UTC',
	// Cancels queries whose client process was killed, which releases their locks.
	client_connection_check_interval: '2s',
	cluster_name: 'frontdesk',
	log_destination: 'stderr',
	log_timezone: 'UTC',
	log_line_prefix: '%m [%p] ',
	log_checkpoints: 'off',
	// Leaves out the DETAIL of errors, which may quote personal data.
	log_error_verbosity: 'terse',
};

/** Settings for durability, which extra settings can't override, because acknowledged data must be on disk. */
const durabilitySettings = { fsync: 'on', full_page_writes: 'on', synchronous_commit: 'on' };

/** Returns the server's arguments. The server listens only on the socket in `socketDir`. */
export function createServerArguments(
	folder: Folder,
	socketDir: string,
	extraSettings: Record<string, string>,
): string[] {
	const settings: Record<string, string> = {
		...defaultSettings,
		...extraSettings,
		...durabilitySettings,
		listen_addresses: '',
		port: String(PORT),
		unix_socket_directories: `"${socketDir.replaceAll('"', '""')}"`,
		unix_socket_permissions: '0700',
	};
	const pairs = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
	return ['-D', folder.cluster, ...pairs];
}
