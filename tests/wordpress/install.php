<?php
// start-wordpress.ts runs this in the folder of WordPress: installs it, activates the plugin and creates the pages of the test.
define( 'WP_INSTALLING', true );
require 'wp-load.php';
require_once ABSPATH . 'wp-admin/includes/upgrade.php';
require_once ABSPATH . 'wp-admin/includes/plugin.php';

wp_install( 'Roofs', 'admin', 'admin@example.com', false, '', 'wordpress-only-here' );
$failed = activate_plugin( 'frontdesk/frontdesk.php' );
if ( is_wp_error( $failed ) ) {
	fwrite( STDERR, $failed->get_error_message() );
	exit( 1 );
}
$GLOBALS['wp_rewrite']->set_permalink_structure( '/%postname%/' );
$pages = array(
	'plain'    => 'Roofs since 1982.',
	'inside'   => "[frontdesk site='ROOFS']",
	'hostile'  => "[frontdesk site='\" onload=alert(1) x=\"']",
	'checkout' => 'Pay here.',
);
foreach ( $pages as $name => $content ) {
	wp_insert_post(
		array(
			'post_type'    => 'page',
			'post_name'    => $name,
			'post_title'   => $name,
			'post_content' => $content,
			'post_status'  => 'publish',
		)
	);
}
flush_rewrite_rules();
