<?php
/**
 * Plugin Name:       Frontdesk
 * Description:       Adds the Frontdesk chat to your site: in the corner of every page, or inside a page with [frontdesk].
 * Version:           1.1.0
 * Requires at least: 5.8
 * Requires PHP:      7.4
 * License:           GPL-2.0-or-later
 * License URI:       https://www.gnu.org/licenses/gpl-2.0.html
 * Text Domain:       frontdesk
 */

defined( 'ABSPATH' ) || exit;

require_once __DIR__ . '/settings.php';

/** Returns the stored options with defaults: url, site, launcher, excluded (one path per line). */
function frontdesk_options(): array {
	$stored = get_option( 'frontdesk', array() );
	return array_merge( frontdesk_defaults(), is_array( $stored ) ? $stored : array() );
}

/** Returns the defaults. Frontdesk fills in its URL and the site in the downloaded copy. */
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

/** Returns a URL in readable form: decoded, normalized to NFC, without a fragment. Empty if it isn't valid UTF-8. */
function frontdesk_readable( string $address ): string {
	$address = rawurldecode( trim( (string) preg_replace( '/#.*$/s', '', $address ) ) );
	if ( 1 !== preg_match( '//u', $address ) ) {
		return '';
	}
	$composed = function_exists( 'normalizer_normalize' ) ? normalizer_normalize( $address ) : $address;
	return false === $composed ? $address : $composed;
}

/** Returns text for comparison: composed and decomposed letters become equal, even without PHP's intl extension. */
function frontdesk_comparable( string $text ): string {
	if ( function_exists( 'normalizer_normalize' ) ) {
		return $text;
	}
	// Drops the accents in both forms.
	$named = htmlentities( $text, ENT_NOQUOTES | ENT_HTML401, 'UTF-8' );
	$plain = preg_replace( '/&([a-z])(?:acute|caron|cedil|circ|grave|ring|slash|tilde|uml);/i', '$1', $named );
	return (string) preg_replace( '/[\x{300}-\x{36f}]+/u', '', $plain );
}

/** Returns a URL with its host in ASCII, as WordPress stores it. */
function frontdesk_with_ascii_host( string $address ): string {
	foreach ( array( 'WpOrg\\Requests\\IdnaEncoder', 'Requests_IDNAEncoder' ) as $encoder ) {
		if ( 1 === preg_match( '#^((?:https?:)?//)([^/?]*[^\x00-\x7f][^/?]*)#i', $address, $found ) && class_exists( $encoder ) ) {
			try {
				return $found[1] . $encoder::encode( $found[2] ) . substr( $address, strlen( $found[0] ) );
			} catch ( Exception $error ) {
				return $address;
			}
		}
	}
	return $address;
}

/** Returns the lines of a list as people paste it: with commas, quotation marks, bullets, invisible characters or patterns of other plugins. */
function frontdesk_split_lines( string $list ): array {
	$list  = str_replace( array( '(.*)', '\\', '&amp;' ), array( '*', '/', '&' ), $list );
	$lines = preg_split( '#\R|[,;](?=\s|/|https?:)#u', $list, -1, PREG_SPLIT_NO_EMPTY );
	$lines = false === $lines ? array() : $lines;
	$edges = '/^[\p{Z}\p{C}]*(?:[-•*–][\p{Z}\t]+)?["\'‘’“”„«»]*|[\p{Z}\p{C}"\'‘’“”«»]+$/u';
	$lines = (array) preg_replace( $edges, '', $lines );
	$marks = array( '#^<((?:https?:/)?/[^<>]*)>$#', '/^\^([^*]*)\$$/', '/^\^(.*?)(?:\.\*)?\$?$/' );
	return (array) preg_replace( $marks, array( '$1', '$1', '$1*' ), $lines );
}

/**
 * Returns the path and query of a typed or pasted line: `/checkout`, `members/*`, `?lang=de` or a full URL.
 * Null for lines that match no page of this site, such as `//`.
 */
function frontdesk_parse_line( string $line, array $hosts ): ?array {
	$line   = frontdesk_readable( frontdesk_with_ascii_host( trim( $line ) ) );
	$pieces = explode( '?', $line, 2 );
	$path   = preg_replace( '#(?<=[^:/])/{2,}#', '/', $pieces[0] );
	$query  = $pieces[1] ?? '';
	foreach ( $hosts as $host ) {
		$path = preg_replace( '#^(?:(?:(?:https?|\*):)?//)?(?:www\.|\*\.?)?' . preg_quote( $host, '#' ) . '\.?(?::\d+)?(?=[/*]|$)#iu', '', $path, 1, $count );
		if ( $count > 0 ) {
			$path = '' === $path ? '/' : $path;
			break;
		}
	}
	$is_elsewhere = 1 === preg_match( '#^\w+://#', $path );
	// Older versions dropped non-Latin letters from stored paths.
	$is_empty = '' === $line || 1 === preg_match( '#^/{2,}$#', $path );
	if ( $is_elsewhere || $is_empty ) {
		return null;
	}
	return array( '/' . trim( $path, '/' ), '*' === $query ? '' : $query );
}

/** Whether text matches a pattern: `*` matches anything, and `/members/*` also matches `/members`. */
function frontdesk_matches( string $pattern, string $text ): bool {
	$expression = str_replace( '\*', '.*', preg_quote( frontdesk_comparable( $pattern ), '#' ) );
	$expression = preg_replace( '#/\.\*$#', '(?:/.*)?', $expression );
	return 1 === preg_match( '#^' . $expression . '$#isu', frontdesk_comparable( $text ) );
}

/** Whether the requested page has no launcher. `$excluded` has one path or URL per line. */
function frontdesk_is_excluded( string $excluded ): bool {
	// The values are only compared, never printed or stored.
	// phpcs:disable WordPress.Security.ValidatedSanitizedInput
	$request = explode( '?', (string) ( $_SERVER['REQUEST_URI'] ?? '/' ), 2 );
	$host    = (string) ( $_SERVER['HTTP_HOST'] ?? '' );
	// phpcs:enable
	$home  = (string) home_url( '/' );
	$hosts = array_filter( array( $host, (string) wp_parse_url( $home, PHP_URL_HOST ) ) );
	$hosts = array_unique( preg_replace( '/^www\./i', '', $hosts ) );
	foreach ( $hosts as $known_host ) {
		$hosts[] = substr( frontdesk_with_ascii_host( '//' . $known_host ), 2 );
	}
	$path  = '/' . trim( preg_replace( '#/{2,}#', '/', frontdesk_readable( $request[0] ) ), '/' );
	// If WordPress is in a folder, admins enter paths with and without it.
	$folder = '/' . trim( frontdesk_readable( (string) wp_parse_url( $home, PHP_URL_PATH ) ), '/' );
	$inside = 0 === strpos( $path . '/', rtrim( $folder, '/' ) . '/' ) ? '/' . ltrim( substr( $path, strlen( rtrim( $folder, '/' ) ) ), '/' ) : $path;
	$inside = (string) preg_replace( '#^/index\.php(?=/|$)/?#', '/', $inside );
	parse_str( $request[1] ?? '', $query );
	foreach ( frontdesk_split_lines( $excluded ) as $line ) {
		$parsed = frontdesk_parse_line( $line, $hosts );
		if ( null === $parsed || ! ( frontdesk_matches( $parsed[0], $path ) || frontdesk_matches( $parsed[0], $inside ) ) ) {
			continue;
		}
		parse_str( $parsed[1], $parameters );
		$missing = array_filter(
			$parameters,
			function ( $value, $name ) use ( $query ) {
				if ( ! isset( $query[ $name ] ) || '' === $value ) {
					return ! isset( $query[ $name ] );
				}
				if ( is_array( $value ) && is_array( $query[ $name ] ) ) {
					return array() !== array_diff( array_map( 'serialize', $value ), array_map( 'serialize', $query[ $name ] ) );
				}
				return ! is_string( $value ) || ! is_string( $query[ $name ] ) || ! frontdesk_matches( $value, frontdesk_readable( $query[ $name ] ) );
			},
			ARRAY_FILTER_USE_BOTH
		);
		if ( array() === $missing ) {
			return true;
		}
	}
	return false;
}

/** Whether the page is shown in an editor or as AMP: the launcher would cover the editor's tools, and AMP allows no scripts. */
function frontdesk_is_special_view(): bool {
	foreach ( array( 'is_customize_preview', 'amp_is_request' ) as $is_special ) {
		if ( function_exists( $is_special ) && $is_special() ) {
			return true;
		}
	}
	// Elementor, Divi, Beaver Builder, Bricks, Oxygen, Breakdance, WPBakery, Thrive and Brizy. The values aren't used.
	$editors = array( 'elementor-preview', 'et_fb', 'fl_builder', 'bricks', 'ct_builder', 'breakdance_iframe', 'vc_editable', 'tve', 'brizy-edit-iframe' );
	// phpcs:ignore WordPress.Security.NonceVerification
	return array() !== array_intersect( $editors, array_keys( $_GET ) );
}

/** Returns whether this page contains an inline chat. Pass true to mark that it does. */
function frontdesk_has_inline( bool $found = false ): bool {
	static $has_inline = false;
	$has_inline        = $has_inline || $found;
	return $has_inline;
}

/**
 * Prints the loader once, on one line, after a script with its settings, so that they reach the loader even if an
 * optimizer moves it. The attributes tell optimizers to skip both. Prints nothing about the visitor, because the page
 * may be cached.
 */
function frontdesk_print_loader(): void {
	$options      = frontdesk_options();
	if ( frontdesk_is_special_view() ) {
		return;
	}
	$has_launcher = $options['launcher'] && ! frontdesk_is_excluded( $options['excluded'] );
	if ( '' === $options['url'] || ! frontdesk_is_site_key( $options['site'] ) || ! ( $has_launcher || frontdesk_has_inline() ) ) {
		return;
	}
	$url      = esc_url_raw( $options['url'] );
	$settings = $has_launcher ? array( 'url' => $url, 'site' => $options['site'] ) : array( 'url' => $url );
	printf(
		// phpcs:ignore WordPress.WP.EnqueuedResources.NonEnqueuedScript
		'<script %1$s>(window.FrontdeskSettings=[].concat(window.FrontdeskSettings||[])).push(%2$s)</script><script src="%3$s" data-url="%4$s"%5$s async %1$s></script>' . "\n",
		'data-cfasync="false" data-no-optimize="1" data-no-defer="1" data-no-minify="1" nowprocket',
		// phpcs:ignore WordPress.Security.EscapeOutput -- JSON without HTML characters
		wp_json_encode( $settings, JSON_HEX_TAG | JSON_HEX_AMP | JSON_HEX_APOS ),
		esc_url( $options['url'] . '/widget.js' ),
		esc_url( $options['url'] ),
		$has_launcher ? ' data-site="' . esc_attr( $options['site'] ) . '"' : ''
	);
}
add_action( 'wp_footer', 'frontdesk_print_loader', 100 );

/** Renders `[frontdesk]` or `[frontdesk site="roofs"]` as an inline chat. Any author can set the attributes. */
function frontdesk_shortcode( $attributes ): string {
	$options    = frontdesk_options();
	$attributes = shortcode_atts( array( 'site' => $options['site'] ), $attributes, 'frontdesk' );
	$site       = strtolower( trim( (string) $attributes['site'] ) );
	if ( ! frontdesk_is_site_key( $site ) ) {
		return '';
	}
	frontdesk_has_inline( true );
	return '<div data-frontdesk="' . esc_attr( $site ) . '" style="min-height:600px"></div>';
}
add_shortcode( 'frontdesk', 'frontdesk_shortcode' );
