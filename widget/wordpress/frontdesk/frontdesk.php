<?php
/**
 * Plugin Name:       Frontdesk
 * Description:       Puts the Frontdesk chat on your site: in the corner of every page, or inside a page by [frontdesk].
 * Version:           1.0.0
 * Requires at least: 5.8
 * Requires PHP:      7.4
 * License:           GPL-2.0-or-later
 * License URI:       https://www.gnu.org/licenses/gpl-2.0.html
 * Text Domain:       frontdesk
 */

defined( 'ABSPATH' ) || exit;

require_once __DIR__ . '/settings.php';

/** What is set, with the defaults for the rest: url, site, launcher, excluded (a path a line). */
function frontdesk_options(): array {
	$stored = get_option( 'frontdesk', array() );
	return array_merge( frontdesk_defaults(), is_array( $stored ) ? $stored : array() );
}

/** The copy that a Frontdesk offers for download has its address and site filled in here. */
function frontdesk_defaults(): array {
	return array(
		'url'      => '',
		'site'     => '',
		'launcher' => true,
		'excluded' => '',
	);
}

function frontdesk_is_site_key( $key ): bool {
	return is_string( $key ) && 1 === preg_match( '/^[a-z0-9][a-z0-9_-]{0,62}$/', $key );
}

/** Whether the page that is asked for is left without the launcher. `*` stands for anything. */
function frontdesk_is_excluded( string $excluded ): bool {
	// Only compared, never printed or stored.
	// phpcs:ignore WordPress.Security.ValidatedSanitizedInput
	$path = '/' . trim( (string) wp_parse_url( $_SERVER['REQUEST_URI'] ?? '/', PHP_URL_PATH ), '/' );
	foreach ( preg_split( '/\R/', $excluded, -1, PREG_SPLIT_NO_EMPTY ) as $line ) {
		$pattern = str_replace( '\*', '.*', preg_quote( '/' . trim( trim( $line ), '/' ), '#' ) );
		if ( 1 === preg_match( '#^' . $pattern . '$#u', $path ) ) {
			return true;
		}
	}
	return false;
}

/** Notes that this page has a chat in its text, or tells whether it has. */
function frontdesk_has_inline( bool $found = false ): bool {
	static $has_inline = false;
	$has_inline        = $has_inline || $found;
	return $has_inline;
}

/**
 * The loader, once, on one line. The attributes ask optimising plugins to leave it alone; it works if they do not.
 * Nothing of the visitor is printed: the page may come from a cache.
 */
function frontdesk_print_loader(): void {
	$options      = frontdesk_options();
	$has_launcher = $options['launcher'] && ! frontdesk_is_excluded( $options['excluded'] );
	if ( '' === $options['url'] || ! frontdesk_is_site_key( $options['site'] ) || ! ( $has_launcher || frontdesk_has_inline() ) ) {
		return;
	}
	printf(
		// phpcs:ignore WordPress.WP.EnqueuedResources.NonEnqueuedScript
		'<script src="%s" data-url="%s"%s async data-cfasync="false" data-no-optimize="1" data-no-defer="1" nowprocket></script>' . "\n",
		esc_url( $options['url'] . '/widget.js' ),
		esc_url( $options['url'] ),
		$has_launcher ? ' data-site="' . esc_attr( $options['site'] ) . '"' : ''
	);
}
add_action( 'wp_footer', 'frontdesk_print_loader', 100 );

/** `[frontdesk]`, `[frontdesk site="roofs"]`: the chat in the page, 600 px high. Attributes come from any author. */
function frontdesk_shortcode( $attributes ): string {
	$options    = frontdesk_options();
	$attributes = shortcode_atts( array( 'site' => $options['site'] ), $attributes, 'frontdesk' );
	if ( ! frontdesk_is_site_key( $attributes['site'] ) ) {
		return '';
	}
	frontdesk_has_inline( true );
	return '<div data-frontdesk="' . esc_attr( $attributes['site'] ) . '" style="min-height:600px"></div>';
}
add_shortcode( 'frontdesk', 'frontdesk_shortcode' );
