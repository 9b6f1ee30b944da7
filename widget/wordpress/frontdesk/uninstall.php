<?php
/** Deletes the plugin's option, on each site of a network. */

defined( 'WP_UNINSTALL_PLUGIN' ) || exit;

if ( is_multisite() ) {
	foreach ( get_sites( array( 'fields' => 'ids', 'number' => 0 ) ) as $frontdesk_blog ) {
		delete_blog_option( $frontdesk_blog, 'frontdesk' );
	}
} else {
	delete_option( 'frontdesk' );
}
