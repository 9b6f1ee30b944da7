<?php
/** The page Settings > Frontdesk. WordPress's settings functions check the nonce and the permission. */

defined( 'ABSPATH' ) || exit;

add_action(
	'admin_menu',
	function () {
		add_options_page( 'Frontdesk', 'Frontdesk', 'manage_options', 'frontdesk', 'frontdesk_print_settings' );
	}
);

add_action(
	'admin_init',
	function () {
		register_setting( 'frontdesk', 'frontdesk', array( 'type' => 'array', 'sanitize_callback' => 'frontdesk_sanitize' ) );
		add_settings_section( 'frontdesk', '', '__return_null', 'frontdesk' );
		$fields = array(
			'url'      => array( __( 'Frontdesk URL', 'frontdesk' ), 'frontdesk_print_text', __( 'e.g. https://frontdesk.example.com', 'frontdesk' ) ),
			'site'     => array( __( 'Site', 'frontdesk' ), 'frontdesk_print_text', __( 'The site’s key, shown in Frontdesk under Settings, Sites, Embed', 'frontdesk' ) ),
			'launcher' => array( __( 'Launcher', 'frontdesk' ), 'frontdesk_print_checkbox', __( 'A round button in the corner of every page', 'frontdesk' ) ),
			'excluded' => array( __( 'Not on these pages', 'frontdesk' ), 'frontdesk_print_area', __( 'One path or URL per line, e.g. /checkout, /members/* or /?lang=de. * matches anything.', 'frontdesk' ) ),
		);
		foreach ( $fields as $name => list( $label, $print, $hint ) ) {
			$about = array( 'name' => $name, 'hint' => $hint, 'label_for' => 'frontdesk-' . $name );
			add_settings_field( $name, $label, $print, 'frontdesk', 'frontdesk', $about );
		}
	}
);

add_filter(
	'plugin_action_links_frontdesk/frontdesk.php',
	function ( array $links ): array {
		$url = admin_url( 'options-general.php?page=frontdesk' );
		return array_merge( array( '<a href="' . esc_url( $url ) . '">' . esc_html__( 'Settings', 'frontdesk' ) . '</a>' ), $links );
	}
);

/** Returns valid options. For an invalid URL or key, adds an error and keeps the stored value. */
function frontdesk_sanitize( $input ): array {
	$input  = is_array( $input ) ? $input : array();
	$before = frontdesk_options();
	$url    = untrailingslashit( esc_url_raw( trim( (string) ( $input['url'] ?? '' ) ), array( 'https', 'http' ) ) );
	// People paste the URL of the script or the chat page.
	$url  = (string) preg_replace( '#/(?:widget\.js|embed/[\w-]*)(?:\?.*)?$#', '', $url );
	$site = strtolower( sanitize_text_field( (string) ( $input['site'] ?? '' ) ) );
	if ( '' === $url || ! wp_parse_url( $url, PHP_URL_HOST ) ) {
		add_settings_error( 'frontdesk', 'url', __( 'Enter the URL of your Frontdesk, starting with https://', 'frontdesk' ) );
		$url = $before['url'];
	}
	if ( ! frontdesk_is_site_key( $site ) ) {
		add_settings_error( 'frontdesk', 'site', __( 'Enter the site’s key exactly as Frontdesk shows it: lowercase letters, digits, dashes and underscores.', 'frontdesk' ) );
		$site = $before['site'];
	}
	if ( array() === get_settings_errors( 'frontdesk' ) ) {
		foreach ( frontdesk_check( $url, $site ) as list( $type, $message ) ) {
			add_settings_error( 'frontdesk', 'check', $message, $type );
		}
	}
	return array(
		'url'      => $url,
		'site'     => $site,
		'launcher' => ! empty( $input['launcher'] ),
		'excluded' => frontdesk_sanitize_excluded( (string) ( $input['excluded'] ?? '' ) ),
	);
}

/** Returns readable lines, since WordPress removes percent-encoded characters. Drops lines that match no page. */
function frontdesk_sanitize_excluded( string $text ): string {
	$lines = array_map( 'frontdesk_readable', frontdesk_split_lines( $text ) );
	$lines = array_filter(
		$lines,
		function ( string $line ): bool {
			return '' !== $line && 1 !== preg_match( '#^/{2,}$#', $line );
		}
	);
	return sanitize_textarea_field( implode( "\n", $lines ) );
}

/** Whether only this computer can reach the URL. */
function frontdesk_is_loopback( string $url ): bool {
	$host = strtolower( trim( (string) wp_parse_url( $url, PHP_URL_HOST ), '[]' ) );
	return 1 === preg_match( '/^(localhost|.+\.localhost|127(\.\d+){3}|0\.0\.0\.0|::1?)$/', $host );
}

/** Returns why visitors can't load the chat, judging by the URL alone. Empty if there is no problem. */
function frontdesk_address_problem( string $url ): string {
	if ( '' === $url ) {
		return '';
	}
	if ( frontdesk_is_loopback( $url ) && ! frontdesk_is_loopback( home_url() ) ) {
		/* translators: %s: a URL */
		return sprintf( __( 'Visitors can’t load the chat: only this computer can reach %s. Set PUBLIC_URL in Frontdesk to its public URL, and enter that URL here.', 'frontdesk' ), $url );
	}
	if ( 0 === strpos( $url, 'http://' ) && 0 === strpos( home_url(), 'https://' ) && ! frontdesk_is_loopback( $url ) ) {
		/* translators: %s: a URL */
		return sprintf( __( 'Browsers block the chat: your pages use https, but %s doesn’t. Serve Frontdesk over https, and enter that URL here.', 'frontdesk' ), $url );
	}
	return '';
}

/** Requests the site's configuration from Frontdesk. Returns notices as pairs of type and text. */
function frontdesk_check( string $url, string $site ): array {
	$problem = frontdesk_address_problem( $url );
	if ( '' !== $problem ) {
		return array( array( 'error', $problem ) );
	}
	$origin   = preg_replace( '#^(\w+://[^/]+).*$#', '$1', home_url() );
	$response = wp_remote_get(
		$url . '/api/embed-chat/config/' . $site,
		array( 'timeout' => 5, 'redirection' => 0, 'headers' => array( 'Origin' => $origin, 'Accept' => 'application/json' ) )
	);
	if ( is_wp_error( $response ) ) {
		/* translators: 1: a URL, 2: the reason */
		return array( array( 'warning', sprintf( __( 'Saved, but this server can’t reach %1$s (%2$s). The chat still works if visitors can reach it.', 'frontdesk' ), $url, $response->get_error_message() ) ) );
	}
	$status = (int) wp_remote_retrieve_response_code( $response );
	$body   = json_decode( wp_remote_retrieve_body( $response ), true );
	if ( 200 === $status && isset( $body['header_text'] ) ) {
		/* translators: %s: a site's key */
		return array( array( 'success', sprintf( __( 'Saved. Connected to Frontdesk, site “%s”.', 'frontdesk' ), $site ) ) );
	}
	if ( 404 === $status && is_array( $body ) ) {
		/* translators: 1: a URL, 2: a site's key */
		return array( array( 'error', sprintf( __( 'Saved, but the Frontdesk at %1$s has no site “%2$s”, so the chat isn’t shown. Copy the key from Settings, Sites, Embed.', 'frontdesk' ), $url, $site ) ) );
	}
	if ( 403 === $status && is_array( $body ) ) {
		/* translators: %s: a URL */
		return array( array( 'error', sprintf( __( 'Saved, but the site doesn’t allow this page. In Frontdesk, under Settings, Sites, Embed, add %s to the allowed origins.', 'frontdesk' ), $origin ) ) );
	}
	if ( $status >= 500 && is_array( $body ) ) {
		/* translators: %d: a status */
		return array( array( 'warning', sprintf( __( 'Saved, but Frontdesk is having problems right now (status %d). Save again later to check.', 'frontdesk' ), $status ) ) );
	}
	/* translators: 1: a URL, 2: a status */
	return array( array( 'error', sprintf( __( 'Saved, but %1$s doesn’t appear to be Frontdesk (status %2$d). Enter the URL in the embed code.', 'frontdesk' ), $url, $status ) ) );
}

// Shown even before anything is saved, because the downloaded copy already has a URL.
add_action(
	'admin_notices',
	function () {
		$screen  = get_current_screen();
		$problem = frontdesk_address_problem( frontdesk_options()['url'] );
		if ( '' === $problem || ! current_user_can( 'manage_options' ) || ! $screen || ! in_array( $screen->id, array( 'plugins', 'settings_page_frontdesk', 'dashboard' ), true ) ) {
			return;
		}
		echo '<div class="notice notice-error"><p>Frontdesk: ' . esc_html( $problem ) . '</p></div>';
	}
);

function frontdesk_print_text( array $about ): void {
	printf(
		'<input type="text" class="regular-text" id="frontdesk-%1$s" name="frontdesk[%1$s]" value="%2$s"><p class="description">%3$s</p>',
		esc_attr( $about['name'] ),
		esc_attr( frontdesk_options()[ $about['name'] ] ),
		esc_html( $about['hint'] )
	);
}

function frontdesk_print_area( array $about ): void {
	printf(
		'<textarea class="regular-text" rows="4" id="frontdesk-%1$s" name="frontdesk[%1$s]">%2$s</textarea><p class="description">%3$s</p>',
		esc_attr( $about['name'] ),
		esc_textarea( frontdesk_options()[ $about['name'] ] ),
		esc_html( $about['hint'] )
	);
}

function frontdesk_print_checkbox( array $about ): void {
	printf(
		'<label><input type="checkbox" id="frontdesk-%1$s" name="frontdesk[%1$s]" value="1"%2$s> %3$s</label>',
		esc_attr( $about['name'] ),
		checked( frontdesk_options()[ $about['name'] ], true, false ),
		esc_html( $about['hint'] )
	);
}

function frontdesk_print_settings(): void {
	if ( ! current_user_can( 'manage_options' ) ) {
		return;
	}
	echo '<div class="wrap"><h1>' . esc_html( get_admin_page_title() ) . '</h1><form action="options.php" method="post">';
	settings_fields( 'frontdesk' );
	do_settings_sections( 'frontdesk' );
	submit_button();
	echo '</form></div>';
}
