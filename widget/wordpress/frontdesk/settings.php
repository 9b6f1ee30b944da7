<?php
/** The page Settings > Frontdesk, by WordPress' own settings functions: they check the nonce and who may save. */

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
			'url'      => array( __( 'Address of your Frontdesk', 'frontdesk' ), 'frontdesk_print_text', __( 'As https://frontdesk.example.com', 'frontdesk' ) ),
			'site'     => array( __( 'Site', 'frontdesk' ), 'frontdesk_print_text', __( 'The site’s key: in Frontdesk under Settings, Sites, Embed.', 'frontdesk' ) ),
			'launcher' => array( __( 'Launcher', 'frontdesk' ), 'frontdesk_print_checkbox', __( 'A round button in the corner of every page', 'frontdesk' ) ),
			'excluded' => array( __( 'Not on these pages', 'frontdesk' ), 'frontdesk_print_area', __( 'One path a line, as /checkout or /members/*', 'frontdesk' ) ),
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

/** What may be stored; a wrong address or key is told, and what was stored before stays. */
function frontdesk_sanitize( $input ): array {
	$input  = is_array( $input ) ? $input : array();
	$before = frontdesk_options();
	$url    = untrailingslashit( esc_url_raw( trim( (string) ( $input['url'] ?? '' ) ), array( 'https', 'http' ) ) );
	$site   = sanitize_text_field( (string) ( $input['site'] ?? '' ) );
	if ( '' === $url || ! wp_parse_url( $url, PHP_URL_HOST ) ) {
		add_settings_error( 'frontdesk', 'url', __( 'Type the address of your Frontdesk, beginning with https://', 'frontdesk' ) );
		$url = $before['url'];
	}
	if ( ! frontdesk_is_site_key( $site ) ) {
		add_settings_error( 'frontdesk', 'site', __( 'Type the site’s key as Frontdesk shows it: small letters, digits, dashes and underscores.', 'frontdesk' ) );
		$site = $before['site'];
	}
	return array(
		'url'      => $url,
		'site'     => $site,
		'launcher' => ! empty( $input['launcher'] ),
		'excluded' => sanitize_textarea_field( (string) ( $input['excluded'] ?? '' ) ),
	);
}

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
