import { createAdapter } from './scripts/adapter.js';
import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';

/** @type {import('@sveltejs/kit').Config} */
export default {
	preprocess: vitePreprocess(),
	kit: {
		// The server entry (src/server.js) mounts the handler beside the API and Socket.IO.
		adapter: createAdapter(),
		// Origin is checked for every state-changing request in hooks.server.ts and the API alike,
		// against PUBLIC_URL too, which Kit's own check does not know.
		csrf: { trustedOrigins: ['*'] },
		csp: {
			mode: 'nonce',
			directives: {
				'default-src': ['self'],
				'script-src': ['self'],
				'style-src': ['self', 'unsafe-inline'],
				'img-src': ['self', 'data:'],
				'connect-src': ['self'],
				'font-src': ['self'],
				'object-src': ['none'],
				'base-uri': ['none'],
				'form-action': ['self'],
				'frame-ancestors': ['none'],
			},
		},
		// The dashboard registers it: no other page needs one.
		serviceWorker: { register: false },
		typescript: {
			config: (config) => {
				config.include.push(
					'../widget/**/*.ts',
					'../tests/**/*.ts',
					'../scripts/**/*.ts',
					'../scripts/*.js',
					'../*.ts',
				);
				return config;
			},
		},
	},
};
